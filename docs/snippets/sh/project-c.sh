make && ./pause

go mod tidy
go build && ./pause

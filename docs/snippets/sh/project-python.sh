python3 -m venv .venv && . .venv/bin/activate
pip install ../libanchor/bindings/python
python pause.py

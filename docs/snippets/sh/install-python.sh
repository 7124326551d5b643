pip install ./bindings/python

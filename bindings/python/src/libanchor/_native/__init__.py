"""The shared library behind the package: everything here touches ctypes or the library's handles.

- `library` finds and loads the shared library; `abi` declares its functions.
- `arguments` and `settings` convert Python values for C.
- `client_handle` and `call_object` make the handles that calls need.
- `blocking_call` makes a call on the calling thread. `queue` makes calls that complete on an
  event loop.
- `callbacks` receives progress checks and log lines during a call. `os_thread` sees through the
  monkey patches of gevent and eventlet.
- `errors` turns the status of a call into an exception.
- `shutdown` ends the calls of daemon threads before the interpreter ends.
"""

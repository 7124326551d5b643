module example.com/pause

go 1.24

require github.com/libanchor/libanchor/bindings/go v0.1.0

// Until the module is published. ../libanchor is the path of the clone, seen from this folder.
replace github.com/libanchor/libanchor/bindings/go => ../libanchor/bindings/go

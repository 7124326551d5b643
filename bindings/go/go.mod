module github.com/libanchor/libanchor/bindings/go

go 1.24

go mod init example.com/pause
go mod edit -replace github.com/libanchor/libanchor/bindings/go=../libanchor/bindings/go
go get github.com/libanchor/libanchor/bindings/go@v0.1.0
go build && ./pause

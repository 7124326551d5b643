cc -Iinclude -Ibindings/c pause.c bindings/c/anchor_easy.c \
    -Ltarget/release -lanchor -Wl,-rpath,"$PWD/target/release"
./a.out

cc -Iinclude -Ibindings/c/include pause.c bindings/c/src/anchor_easy.c \
    -Ltarget/release -lanchor -Wl,-rpath,"$PWD/target/release"
./a.out

c++ -std=c++17 -Iinclude -Ibindings/cpp/include pause.cpp \
    -Ltarget/release -lanchor -Wl,-rpath,"$PWD/target/release"
./a.out

/* Two faults that a build whose sanitizers work ends at: it reads behind a block, or with an argument counts too far. */
#include <limits.h>
#include <stdlib.h>

int main(int count, char **arguments) {
    char *volatile block = calloc(8, 1);
    volatile int number = count > 1 ? INT_MAX : 7;
    (void)arguments;
    number = number + 1;
    return block[number];
}

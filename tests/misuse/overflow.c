/* A program with two faults, which proves that the sanitizers of a build work.
 *
 * It reads beyond a block, or with an argument overflows a signed integer. AddressSanitizer or
 * UndefinedBehaviorSanitizer must end it.
 */
#include <limits.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    char *volatile block = calloc(8, 1);
    volatile int number = argc > 1 ? INT_MAX : 7;
    (void)argv;
    number = number + 1;
    return block[number];
}

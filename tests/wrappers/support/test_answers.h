/** @file
 * The table of answers and verdicts that the tests of all languages share: tests/wrappers/answers.tsv.
 */

#ifndef TEST_ANSWERS_H
#define TEST_ANSWERS_H

#include "test_support.h"

/** Longer than any row of the table. */
#define ANSWER_LINE 65536
/** The table never has fewer rows. */
#define FEWEST_ANSWERS 60

/** A row: the session with this name is answered with `http_status`. */
typedef struct answer_row {
    char name[64];
    /** pause, resume, list, delete or request. */
    char operation[16];
    int http_status;
    /** The status of anchor.h that this answer must give. */
    int status;
} answer_row;

/** Opens the table that the plain sandbox answers with; the caller closes it. */
static inline FILE *open_answers(void) {
    FILE *table = fopen(from_environment("SANDBOX_ANSWERS"), "r");
    if (table == NULL) {
        perror("SANDBOX_ANSWERS");
        exit(2);
    }
    return table;
}

/** Reads the next row; 0 at the end. A line that is neither a row nor a comment ends the test. */
static inline int next_answer(FILE *table, answer_row *row) {
    static char line[ANSWER_LINE];
    do {
        if (fgets(line, sizeof line, table) == NULL) {
            return 0;
        }
    } while (line[0] == '#');
    if (strchr(line, '\n') == NULL || sscanf(line, "%63[^\t]\t%15[^\t]\t%d\t%d\t", row->name, row->operation,
                                             &row->http_status, &row->status) != 4) {
        fprintf(stderr, "not a row of the table of answers: %s\n", line);
        exit(2);
    }
    return 1;
}

/** The lines of the table that are no comments, counted without reading them as rows. */
static inline unsigned count_answers(void) {
    FILE *table = open_answers();
    unsigned rows = 0;
    int begins = 1;
    for (int byte = fgetc(table); byte != EOF; byte = fgetc(table)) {
        rows += begins && byte != '#';
        begins = byte == '\n';
    }
    fclose(table);
    return rows;
}

#endif

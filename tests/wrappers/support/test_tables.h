/** @file
 * The tables that the tests of several languages share: tests/wrappers/answers.tsv and faults.tsv.
 */

#ifndef TEST_TABLES_H
#define TEST_TABLES_H

#include "test_support.h"

/** Longer than any line of the tables. */
#define TABLE_LINE 65536
/** The tables never have fewer rows. */
#define FEWEST_ANSWERS 60
#define FEWEST_FAULTS 28

/** A row of answers.tsv: the sandbox answers the session of this name with `http_status`. */
typedef struct answer_row {
    char name[64];
    /** pause, resume, list, delete or request. */
    char operation[16];
    int http_status;
    /** The status of anchor.h that the operation must return. */
    int status;
} answer_row;

/** The columns of faults.tsv. */
enum { PAUSE, RESUME, LIST, DOWNLOAD, DELETE, REQUEST, OPERATIONS };

/** A row of faults.tsv: the sandbox plays a fault in the session of this name. */
typedef struct fault_row {
    char session_id[64];
    /** 0 if the session is not answered. */
    int http_status;
    /** The status of anchor.h that each operation must return. */
    int status[OPERATIONS];
} fault_row;

/** Opens a table in the folder of the table that the sandbox answers with; the caller closes it. */
static inline FILE *open_table(const char *name) {
    char path[4096];
    const char *answers = from_environment("SANDBOX_ANSWERS");
    const char *slash = strrchr(answers, '/');
    const int folder_bytes = slash == NULL ? 0 : (int)(slash + 1 - answers);
    snprintf(path, sizeof path, "%.*s%s", folder_bytes, answers, name);
    FILE *table = fopen(path, "r");
    if (table == NULL) {
        perror(path);
        exit(2);
    }
    return table;
}

static inline FILE *open_answers(void) {
    return open_table("answers.tsv");
}

static inline FILE *open_faults(void) {
    return open_table("faults.tsv");
}

/** Reads the next line that is not a comment; NULL at the end. An incomplete line ends the test. */
static inline const char *next_line(FILE *table) {
    static char line[TABLE_LINE];
    do {
        if (fgets(line, sizeof line, table) == NULL) {
            return NULL;
        }
    } while (line[0] == '#');
    if (strchr(line, '\n') == NULL) {
        fprintf(stderr, "a line of a table is too long or incomplete: %s\n", line);
        exit(2);
    }
    return line;
}

static inline void require_columns(int found, int expected, const char *line) {
    if (found != expected) {
        fprintf(stderr, "%d of %d columns could be read: %s\n", found, expected, line);
        exit(2);
    }
}

/** Reads the next row; 0 at the end. */
static inline int next_answer(FILE *table, answer_row *row) {
    const char *line = next_line(table);
    if (line == NULL) {
        return 0;
    }
    const int columns = sscanf(line, "%63[^\t]\t%15[^\t]\t%d\t%d\t", row->name, row->operation,
                               &row->http_status, &row->status);
    require_columns(columns, 4, line);
    return 1;
}

/** Reads the next row; 0 at the end. */
static inline int next_fault(FILE *table, fault_row *row) {
    const char *line = next_line(table);
    if (line == NULL) {
        return 0;
    }
    const int columns =
        sscanf(line, "%63[^\t]\t%d\t%d\t%d\t%d\t%d\t%d\t%d", row->session_id, &row->http_status,
               &row->status[PAUSE], &row->status[RESUME], &row->status[LIST], &row->status[DOWNLOAD],
               &row->status[DELETE], &row->status[REQUEST]);
    require_columns(columns, 2 + OPERATIONS, line);
    return 1;
}

/** Counts the lines that are not comments, without parsing them as rows, and closes the table. */
static inline unsigned count_rows(FILE *table) {
    unsigned rows = 0;
    int at_line_start = 1;
    for (int byte = fgetc(table); byte != EOF; byte = fgetc(table)) {
        rows += at_line_start && byte != '#';
        at_line_start = byte == '\n';
    }
    fclose(table);
    return rows;
}

#endif

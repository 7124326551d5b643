/** @file
 * What the tests need of the operating system. On Windows, functions of POSIX stand here that it has
 * under another name.
 */

#ifndef TEST_SYSTEM_H
#define TEST_SYSTEM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Long enough for the temporary folder of a user, and a name in it. */
#define PATH_BYTES 320

#ifdef _WIN32

#include <winsock2.h>

#include <direct.h>
#include <fcntl.h>
#include <io.h>
#include <process.h>
#include <psapi.h>
#include <ws2tcpip.h>

/* winnt.h defines a name that the tests use. */
#undef DELETE

#define poll WSAPoll

static inline int close_socket(int connection) {
    return closesocket((SOCKET)connection);
}

/** A socket for TCP. It is no descriptor: close_socket closes it. */
static inline int tcp_socket(void) {
    WSADATA data;
    return WSAStartup(MAKEWORD(2, 2), &data) == 0 ? (int)socket(AF_INET, SOCK_STREAM, 0) : -1;
}

static inline const char *temporary_folder(void) {
    const char *folder = getenv("TEMP");
    return folder != NULL ? folder : "C:\\Windows\\Temp";
}

static inline int setenv(const char *name, const char *value, int overwrite) {
    return overwrite || getenv(name) == NULL ? _putenv_s(name, value) : 0;
}

static inline int unsetenv(const char *name) {
    return _putenv_s(name, "");
}

/** Windows has no such signal, and a thread would keep the process alive: its starter ends it instead. */
static inline unsigned alarm(unsigned seconds) {
    (void)seconds;
    return 0;
}

/** The most memory that this process has asked for. Wine does not tell how much of it was in use. */
static inline long peak_memory_kb(void) {
    PROCESS_MEMORY_COUNTERS counters;
    if (!GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters)) {
        fprintf(stderr, "GetProcessMemoryInfo failed\n");
        exit(2);
    }
    return (long)(counters.PeakPagefileUsage / 1024);
}

#else

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static inline int close_socket(int connection) {
    return close(connection);
}

/** A socket for TCP. */
static inline int tcp_socket(void) {
    return socket(AF_INET, SOCK_STREAM, 0);
}

static inline const char *temporary_folder(void) {
    return "/tmp";
}

/** The peak memory of this process. getrusage would include the program that started it. */
static inline long peak_memory_kb(void) {
    char line[256];
    long peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL && peak == 0) {
        sscanf(line, "VmHWM: %ld kB", &peak);
    }
    if (peak == 0) {
        perror("/proc/self/status");
        exit(2);
    }
    fclose(status);
    return peak;
}

#endif

#endif

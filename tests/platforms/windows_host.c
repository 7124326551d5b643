/* A host on Windows: the library leaves no handles and no threads behind, stays loaded, works on small
 * stacks and in fibers, and keeps its queue's sockets to itself.
 *
 * That a process can end while its threads are in calls cannot be shown with Wine 8: about one of 40 hangs,
 * because Wine's own lock is held by a thread that it ended.
 */
#include <winsock2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tlhelp32.h>
#include <ws2tcpip.h>

#include "anchor.h"

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition, __LINE__))
#define SMALL_STACK (64 * 1024)
#define THREADS 32

static void fail(const char *condition, int line) {
    fprintf(stderr, "windows_host.c:%d: %s\n", line, condition);
    _exit(1);
}

static anchor_client *new_client(const char *url) {
    anchor_client *client = NULL;
    anchor_options *options = NULL;
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    CHECK(url == NULL || anchor_options_set_base_url(options, url) == ANCHOR_OK);
    CHECK(anchor_options_set_max_retries(options, 0) == ANCHOR_OK);
    CHECK(anchor_client_new(NULL, options, &client, NULL) == ANCHOR_OK);
    CHECK(anchor_free(options) == ANCHOR_OK);
    return client;
}

static int32_t pause_recording(anchor_client *client) {
    char *error = NULL;
    const int32_t status = anchor_pause_recording(client, "abc", NULL, &error);
    CHECK((status == ANCHOR_OK) == (error == NULL));
    anchor_free(error);
    return status;
}

/* Pauses, refused connections and queues, each with objects of their own. */
static void use_everything(void) {
    anchor_client *refused = new_client("http://127.0.0.1:1");
    for (int round = 0; round < 20; round++) {
        anchor_client *client = new_client(NULL);
        anchor_queue *queue = NULL;
        anchor_call *call = NULL;
        uint64_t tag = 0;
        int32_t status = -1;
        CHECK(pause_recording(client) == ANCHOR_OK && pause_recording(refused) == ANCHOR_CONNECT_FAILED);
        CHECK(anchor_queue_new(4, &queue) == ANCHOR_OK && anchor_call_new(&call) == ANCHOR_OK);
        CHECK(anchor_call_set_queue(call, queue, 7) == ANCHOR_OK);
        CHECK(anchor_pause_recording(client, "abc", call, NULL) == ANCHOR_OK);
        CHECK(anchor_queue_next(queue, 60000, &tag, &status, NULL) == ANCHOR_OK);
        CHECK(tag == 7 && status == ANCHOR_OK);
        anchor_free(call);
        anchor_free(queue);
        anchor_free(client);
    }
    anchor_free(refused);
}

/* What NtQuerySystemInformation tells. Wine answers GetProcessHandleCount with 0. */
typedef struct handle_entry {
    ULONG process;
    BYTE type;
    BYTE flags;
    USHORT value;
    void *object;
    ULONG access;
} handle_entry;
typedef struct handle_list {
    ULONG count;
    handle_entry entries[100000];
} handle_list;
typedef LONG(WINAPI *query_function)(int what, void *answer, ULONG capacity, ULONG *length);
#define SYSTEM_HANDLE_INFORMATION 16

/* The number of open handles of this process. */
static DWORD handles(void) {
    static handle_list list;
    DWORD count = 0;
    const query_function query =
        (query_function)(void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtQuerySystemInformation");
    CHECK(query != NULL && query(SYSTEM_HANDLE_INFORMATION, &list, sizeof list, NULL) == 0);
    for (ULONG i = 0; i < list.count; i++) {
        count += list.entries[i].process == GetCurrentProcessId();
    }
    CHECK(count > 0);
    return count;
}

static int threads(void) {
    int count = 0;
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    const HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    for (BOOL more = Thread32First(all, &entry); more; more = Thread32Next(all, &entry)) {
        count += entry.th32OwnerProcessID == GetCurrentProcessId();
    }
    CloseHandle(all);
    CHECK(count > 0);
    return count;
}

/* A thread that has ended may be counted for a moment. */
static void check_nothing_is_left(DWORD handles_before, int threads_before) {
    for (int attempt = 0; attempt < 100; attempt++) {
        if (handles() <= handles_before && threads() <= threads_before) {
            return;
        }
        Sleep(100);
    }
    fprintf(stderr, "%lu handles and %d threads, before %lu and %d\n", handles(), threads(), handles_before,
            threads_before);
    _exit(1);
}

static anchor_client *shared;

static DWORD WINAPI pause_often(void *unused) {
    (void)unused;
    for (int round = 0; round < 5; round++) {
        CHECK(pause_recording(shared) == ANCHOR_OK);
    }
    return 0;
}

static void call_on_small_stacks(void) {
    HANDLE started[THREADS];
    for (int i = 0; i < THREADS; i++) {
        started[i] =
            CreateThread(NULL, SMALL_STACK, pause_often, NULL, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
        CHECK(started[i] != NULL);
    }
    CHECK(WaitForMultipleObjects(THREADS, started, TRUE, 120000) < THREADS);
    for (int i = 0; i < THREADS; i++) {
        CloseHandle(started[i]);
    }
}

static void WINAPI pause_in_fiber(void *back) {
    CHECK(pause_recording(shared) == ANCHOR_OK);
    SwitchToFiber(back);
}

static void call_in_a_fiber(void) {
    void *thread = ConvertThreadToFiber(NULL);
    void *fiber = CreateFiberEx(4096, SMALL_STACK, 0, pause_in_fiber, thread);
    CHECK(thread != NULL && fiber != NULL);
    SwitchToFiber(fiber);
    DeleteFiber(fiber);
    ConvertFiberToThread();
}

typedef int32_t (*options_new_function)(anchor_options **options);

/* Of a copy, because a program never unloads the DLL that it is linked with. */
static void unload(void) {
    char path[MAX_PATH + 1];
    char copy[MAX_PATH + 16];
    anchor_options *options = NULL;
    CHECK(GetModuleFileNameA(GetModuleHandleA("anchor.dll"), path, sizeof path) > 0);
    snprintf(copy, sizeof copy, "%s.copy.dll", path);
    CHECK(CopyFileA(path, copy, FALSE));
    const HMODULE library = LoadLibraryA(copy);
    CHECK(library != NULL);
    const options_new_function options_new =
        (options_new_function)(void *)GetProcAddress(library, "anchor_options_new");
    CHECK(options_new(&options) == ANCHOR_OK && FreeLibrary(library));
    CHECK(GetModuleHandleA(copy) == library && options_new(&options) == ANCHOR_OK);
}

/* Nobody can connect to the sockets that tell of completions. */
static void check_the_socket(void) {
    anchor_queue *queue = NULL;
    int32_t descriptor = -1;
    struct sockaddr_in ends[2];
    int size = sizeof ends[0];
    CHECK(anchor_queue_new(4, &queue) == ANCHOR_OK && anchor_queue_fd(queue, &descriptor) == ANCHOR_OK);
    WSAPOLLFD watched = {.fd = (SOCKET)descriptor, .events = POLLIN};
    CHECK(WSAPoll(&watched, 1, 0) == 0);
    CHECK(getsockname((SOCKET)descriptor, (struct sockaddr *)&ends[0], &size) == 0);
    CHECK(getpeername((SOCKET)descriptor, (struct sockaddr *)&ends[1], &size) == 0);
    for (int end = 0; end < 2; end++) {
        const SOCKET stranger = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(stranger != INVALID_SOCKET);
        CHECK(ends[end].sin_addr.s_addr == htonl(INADDR_LOOPBACK));
        CHECK(connect(stranger, (struct sockaddr *)&ends[end], size) != 0);
        closesocket(stranger);
    }
    anchor_free(queue);
}

int main(void) {
    use_everything();
    const DWORD handles_before = handles();
    const int threads_before = threads();
    for (int round = 0; round < 10; round++) {
        use_everything();
    }
    check_nothing_is_left(handles_before, threads_before);
    shared = new_client(NULL);
    call_on_small_stacks();
    call_in_a_fiber();
    check_the_socket();
    unload();
    /* Freeing the client closes its idle connections. */
    anchor_free(shared);
    check_nothing_is_left(handles_before, threads_before);
    printf(
        "host windows: %lu handles and %d threads, as before 200 clients and queues; %d threads with 64 KB\n",
        handles_before, threads_before, THREADS);
    return 0;
}

/* latfs SOURCE MOUNT RTT_US MB_PER_S COUNTS: a read-only pass-through file system that costs what NFS costs.
 *
 * Every LOOKUP, GETATTR, READDIR, OPEN, READ and CLOSE takes one round trip of RTT_US microseconds, as it does for an
 * NFSv4 client; what READ and READDIR carry shares one link of MB_PER_S. How often each was asked, and how many bytes
 * were carried, stands in COUNTS, eight 64-bit numbers that another process can read at any time.
 * Build: gcc -O2 -o latfs latfs.c $(pkg-config --cflags --libs fuse3) -lpthread */
#define FUSE_USE_VERSION 312
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum count { LOOKUP, GETATTR, READDIR, OPEN, READ, CLOSE, BYTES, MOST_IN_FLIGHT, COUNTS };

/* A file or folder that the kernel has met; its address is the inode number that the kernel is given. */
struct node {
    struct node *next;
    ino_t inode;
    char path[];
};

/* An open folder: the entry that did not fit into the last answer waits here. */
struct listing {
    DIR *folder;
    struct dirent *waiting;
    off_t at;
};

#define BUCKETS (1u << 18)
static struct node *buckets[BUCKETS];
static struct node *top;
static pthread_mutex_t meeting = PTHREAD_MUTEX_INITIALIZER;
static int source;
static int64_t round_trip_ns;
static double bytes_per_us;
static atomic_long *counts;
static atomic_long in_flight;
static _Atomic int64_t link_free_ns;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* When the shared link has carried so many bytes that are asked for now. */
static int64_t carried_at(int64_t now, long bytes) {
    int64_t takes = (int64_t)(bytes / bytes_per_us * 1000), free_at = atomic_load(&link_free_ns), done;
    do {
        done = (free_at > now ? free_at : now) + takes;
    } while (!atomic_compare_exchange_weak(&link_free_ns, &free_at, done));
    return done;
}

static void trip(enum count what, long bytes) {
    atomic_fetch_add(&counts[what], 1);
    long flying = atomic_fetch_add(&in_flight, 1) + 1;
    if (flying > atomic_load(&counts[MOST_IN_FLIGHT])) atomic_store(&counts[MOST_IN_FLIGHT], flying);
    int64_t until = now_ns();
    if (bytes > 0) {
        atomic_fetch_add(&counts[BYTES], bytes);
        if (bytes_per_us > 0) until = carried_at(until, bytes);
    }
    until += round_trip_ns;
    struct timespec t = {until / 1000000000, until % 1000000000};
    if (round_trip_ns || bytes > 0) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    atomic_fetch_sub(&in_flight, 1);
}

static struct node *node_of(fuse_ino_t number) { return number == FUSE_ROOT_ID ? top : (struct node *)number; }

static const char *path_of(fuse_ino_t number) {
    const char *path = node_of(number)->path;
    return *path ? path : ".";
}

/* The node of a name in a folder, made when it is new; NULL where nothing has that name. */
static struct node *meet(fuse_ino_t parent, const char *name, struct stat *seen) {
    char path[4096];
    const char *folder = node_of(parent)->path;
    snprintf(path, sizeof path, "%s%s%s", folder, *folder ? "/" : "", name);
    if (fstatat(source, path, seen, AT_SYMLINK_NOFOLLOW)) return NULL;
    struct node **bucket = &buckets[(unsigned)(seen->st_ino * 2654435761u) % BUCKETS];
    pthread_mutex_lock(&meeting);
    struct node *node = *bucket;
    while (node && (node->inode != seen->st_ino || strcmp(node->path, path))) node = node->next;
    if (!node && (node = malloc(sizeof *node + strlen(path) + 1))) {
        node->inode = seen->st_ino;
        strcpy(node->path, path);
        node->next = *bucket;
        *bucket = node;
    }
    pthread_mutex_unlock(&meeting);
    return node;
}

static struct fuse_entry_param entry(struct node *node, const struct stat *seen) {
    struct fuse_entry_param e = {.ino = (fuse_ino_t)node, .attr = *seen, .attr_timeout = 60, .entry_timeout = 30};
    e.attr.st_blksize = 1 << 20;
    return e;
}

static void do_lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
    struct stat seen;
    struct node *node = meet(parent, name, &seen);
    trip(LOOKUP, 0);
    if (!node) {
        fuse_reply_err(request, ENOENT);
        return;
    }
    struct fuse_entry_param e = entry(node, &seen);
    fuse_reply_entry(request, &e);
}

static void do_getattr(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *file) {
    (void)file;
    struct stat seen;
    trip(GETATTR, 0);
    if (fstatat(source, path_of(number), &seen, AT_SYMLINK_NOFOLLOW))
        fuse_reply_err(request, errno);
    else
        fuse_reply_attr(request, &seen, 60);
}

static void do_readlink(fuse_req_t request, fuse_ino_t number) {
    char target[4096];
    ssize_t length = readlinkat(source, path_of(number), target, sizeof target - 1);
    trip(LOOKUP, 0);
    if (length < 0) {
        fuse_reply_err(request, errno);
        return;
    }
    target[length] = 0;
    fuse_reply_readlink(request, target);
}

static void do_open(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *file) {
    int descriptor = openat(source, path_of(number), O_RDONLY);
    trip(OPEN, 0);
    if (descriptor < 0) {
        fuse_reply_err(request, errno);
        return;
    }
    file->fh = descriptor;
    file->keep_cache = 1;
    fuse_reply_open(request, file);
}

static void do_read(fuse_req_t request, fuse_ino_t number, size_t size, off_t at, struct fuse_file_info *file) {
    (void)number;
    char *bytes = malloc(size);
    ssize_t got = bytes ? pread(file->fh, bytes, size, at) : -1;
    int wrong = errno;
    trip(READ, got);
    if (got < 0)
        fuse_reply_err(request, wrong);
    else
        fuse_reply_buf(request, bytes, got);
    free(bytes);
}

static void do_flush(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *file) {
    (void)number, (void)file;
    trip(CLOSE, 0);
    fuse_reply_err(request, 0);
}

static void do_release(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *file) {
    (void)number;
    close(file->fh);
    fuse_reply_err(request, 0);
}

static void do_opendir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *file) {
    int descriptor = openat(source, path_of(number), O_RDONLY | O_DIRECTORY);
    struct listing *listing = descriptor < 0 ? NULL : calloc(1, sizeof *listing);
    if (!listing) {
        fuse_reply_err(request, errno);
        return;
    }
    listing->folder = fdopendir(descriptor);
    file->fh = (uintptr_t)listing;
    file->cache_readdir = 1;
    file->keep_cache = 1;
    fuse_reply_open(request, file);
}

/* Adds one entry to an answer; gives how many bytes it needs, more than there is room for when it does not fit. */
static size_t add(fuse_req_t request, fuse_ino_t folder, char *to, size_t room, struct dirent *found, int plus) {
    struct stat seen = {.st_ino = found->d_ino, .st_mode = found->d_type << 12};
    if (!plus) return fuse_add_direntry(request, to, room, found->d_name, &seen, found->d_off);
    struct fuse_entry_param e = {.attr = seen};
    if (strcmp(found->d_name, ".") && strcmp(found->d_name, "..")) {
        struct node *node = meet(folder, found->d_name, &seen);
        if (!node) return 0;
        e = entry(node, &seen);
    }
    return fuse_add_direntry_plus(request, to, room, found->d_name, &e, found->d_off);
}

static void list(fuse_req_t request, fuse_ino_t folder, size_t size, off_t at, struct fuse_file_info *file, int plus) {
    struct listing *listing = (struct listing *)(uintptr_t)file->fh;
    char *answer = malloc(size);
    size_t used = 0;
    if (at != listing->at) {
        seekdir(listing->folder, at);
        listing->waiting = NULL;
        listing->at = at;
    }
    for (;;) {
        if (!listing->waiting && !(listing->waiting = readdir(listing->folder))) break;
        size_t needed = add(request, folder, answer + used, size - used, listing->waiting, plus);
        if (needed > size - used) break;
        used += needed;
        listing->at = listing->waiting->d_off;
        listing->waiting = NULL;
    }
    trip(READDIR, used);
    fuse_reply_buf(request, answer, used);
    free(answer);
}

static void do_readdir(fuse_req_t request, fuse_ino_t n, size_t size, off_t at, struct fuse_file_info *file) {
    list(request, n, size, at, file, 0);
}

static void do_readdirplus(fuse_req_t request, fuse_ino_t n, size_t size, off_t at, struct fuse_file_info *file) {
    list(request, n, size, at, file, 1);
}

static void do_releasedir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *file) {
    (void)number;
    struct listing *listing = (struct listing *)(uintptr_t)file->fh;
    closedir(listing->folder);
    free(listing);
    fuse_reply_err(request, 0);
}

static void do_forget(fuse_req_t request, fuse_ino_t number, uint64_t times) {
    (void)number, (void)times;
    fuse_reply_none(request);
}

/* As an NFS client is set up: READDIRPLUS always, reads in parallel, 128 KB of read-ahead. */
static void do_init(void *unused, struct fuse_conn_info *link) {
    (void)unused;
    link->want |= link->capable & (FUSE_CAP_READDIRPLUS | FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS);
    link->want &= ~FUSE_CAP_READDIRPLUS_AUTO;
    link->max_background = 256;
    link->congestion_threshold = 256;
    link->max_readahead = 128 * 1024;
}

static const struct fuse_lowlevel_ops operations = {
    .init = do_init,         .lookup = do_lookup,   .getattr = do_getattr, .readlink = do_readlink,
    .open = do_open,         .read = do_read,       .flush = do_flush,     .release = do_release,
    .opendir = do_opendir,   .readdir = do_readdir, .readdirplus = do_readdirplus,
    .releasedir = do_releasedir, .forget = do_forget,
};

static int serve(struct fuse_session *session) {
    struct fuse_loop_config *loop = fuse_loop_cfg_create();
    fuse_loop_cfg_set_max_threads(loop, 256);
    fuse_loop_cfg_set_idle_threads(loop, 256);
    fuse_set_signal_handlers(session);
    int code = fuse_session_loop_mt(session, loop);
    fuse_session_unmount(session);
    return code;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: latfs SOURCE MOUNT RTT_US MB_PER_S COUNTS\n");
        return 64;
    }
    prctl(PR_SET_TIMERSLACK, 1);
    source = open(argv[1], O_RDONLY | O_DIRECTORY);
    round_trip_ns = atol(argv[3]) * INT64_C(1000);
    bytes_per_us = atof(argv[4]);
    int told = open(argv[5], O_RDWR | O_CREAT, 0644);
    if (source < 0 || told < 0 || ftruncate(told, 4096)) {
        perror("latfs");
        return 66;
    }
    counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, told, 0);
    memset((void *)counts, 0, COUNTS * sizeof *counts);
    top = calloc(1, sizeof *top + 1);
    char *options[] = {argv[0], "-o", "ro,fsname=latfs,default_permissions", NULL};
    struct fuse_args args = FUSE_ARGS_INIT(3, options);
    struct fuse_session *session = fuse_session_new(&args, &operations, sizeof operations, NULL);
    if (!session || fuse_session_mount(session, argv[2])) return 71;
    return serve(session);
}

/*
 * For a test: keeps a copy of one file as a power failure would leave it, with nothing but what was synced.
 * A write to a descriptor that syncs each write goes into the copy at once; any other only with the next sync.
 * POWER_LOSS_FILE names the file, POWER_LOSS_COPY the copy.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);

__attribute__((constructor)) static void find(void) {
  real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  real_write = dlsym(RTLD_NEXT, "write");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
}

static int watched(int fd) {
  const char *file = getenv("POWER_LOSS_FILE");
  char link[64], target[PATH_MAX];
  if (file == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length < 0) return 0;
  target[length] = 0;
  return strcmp(target, file) == 0;
}

static int open_copy(void) {
  return open(getenv("POWER_LOSS_COPY"), O_WRONLY | O_CREAT, 0600);
}

static void copy_all(int fd) {
  static char block[1 << 16];
  int copy = open_copy();
  off_t at = 0;
  ssize_t length;
  while ((length = pread(fd, block, sizeof block, at)) > 0) {
    real_pwrite(copy, block, length, at);
    at += length;
  }
  close(copy);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  ssize_t written = real_pwrite(fd, bytes, length, at);
  if (written > 0 && (fcntl(fd, F_GETFL) & O_DSYNC) && watched(fd)) {
    int copy = open_copy();
    real_pwrite(copy, bytes, written, at);
    close(copy);
  }
  return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
  return pwrite(fd, bytes, length, at);
}

int fdatasync(int fd) {
  int result = real_fdatasync(fd);
  if (result == 0 && watched(fd)) copy_all(fd);
  return result;
}

int fsync(int fd) {
  int result = real_fsync(fd);
  if (result == 0 && watched(fd)) copy_all(fd);
  return result;
}

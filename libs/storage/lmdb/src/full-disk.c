/*
 * For a test: lets the files of one folder grow to a number of bytes in all, as if its disk were that large.
 * FULL_DISK_FOLDER names the folder (without a slash at its end), FULL_DISK_BYTES the number.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);

__attribute__((constructor)) static void find(void) {
  real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  real_write = dlsym(RTLD_NEXT, "write");
}

static int watched(int fd, const char *folder) {
  char link[64], target[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length < 0) return 0;
  target[length] = 0;
  size_t prefix = strlen(folder);
  return strncmp(target, folder, prefix) == 0 && target[prefix] == '/';
}

static off_t used(const char *folder) {
  char path[PATH_MAX];
  struct dirent *entry;
  struct stat status;
  off_t sum = 0;
  DIR *dir = opendir(folder);
  while (dir != NULL && (entry = readdir(dir)) != NULL) {
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) sum += (off_t)status.st_blocks * 512;
  }
  if (dir != NULL) closedir(dir);
  return sum;
}

static int fits(int fd, size_t length, off_t at) {
  const char *folder = getenv("FULL_DISK_FOLDER");
  struct stat status;
  if (folder == NULL || !watched(fd, folder) || fstat(fd, &status) != 0) return 1;
  off_t end = (at + (off_t)length + 4095) / 4096 * 4096;
  off_t growth = end - (off_t)status.st_size;
  if (growth > (off_t)length + 4096) growth = length;
  return growth <= 0 || used(folder) + growth <= atoll(getenv("FULL_DISK_BYTES"));
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  if (fits(fd, length, at)) return real_pwrite(fd, bytes, length, at);
  errno = ENOSPC;
  return -1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
  return pwrite(fd, bytes, length, at);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  off_t at = lseek(fd, 0, (fcntl(fd, F_GETFL) & O_APPEND) ? SEEK_END : SEEK_CUR);
  if (fits(fd, length, at)) return real_write(fd, bytes, length);
  errno = ENOSPC;
  return -1;
}

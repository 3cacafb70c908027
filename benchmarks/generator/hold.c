/*
 * Opens many keep-alive connections, uses each once, and holds them.
 *
 *   hold PORT COUNT     prints {"opened":n} when they are open, holds until its input ends, prints {"closed":n}
 *
 * A loopback address has some 28,000 ports to connect from, so every 20,000 connections come from another one: 127.0.0.2,
 * 127.0.0.3 … It stops early, and says why, where the limit of open files or the server ends it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PER_ADDRESS = 20000, BATCH = 64 };

static const char request[] = "GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n";

static int open_one(int port, int number) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  if (fd < 0) return -1;
  struct timeval patience = {.tv_sec = 5};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); /* connecting, too */
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + number / PER_ADDRESS)};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(fd, (struct sockaddr *)&from, sizeof from) || connect(fd, (struct sockaddr *)&to, sizeof to)) {
    int why = errno;
    close(fd);
    errno = why;
    return -1;
  }
  return fd;
}

/* Sends on each of a batch, then waits for each: the server is never behind by more than a batch. */
static int use(const int *fds, int count) {
  char answer[4096];
  for (int i = 0; i < count; i++)
    if (send(fds[i], request, sizeof request - 1, MSG_NOSIGNAL) < 0) return -1;
  for (int i = 0; i < count; i++)
    if (recv(fds[i], answer, sizeof answer, 0) <= 0) return -1;
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "hold PORT COUNT\n");
    return 2;
  }
  int port = atoi(argv[1]), wanted = atoi(argv[2]), opened = 0;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int *fds = malloc(sizeof(int) * (wanted + BATCH));
  const char *stopped = "";
  while (opened < wanted && !*stopped) {
    int batch = 0;
    while (batch < BATCH && opened + batch < wanted) {
      int fd = open_one(port, opened + batch);
      if (fd < 0) {
        stopped = strerror(errno);
        break;
      }
      fds[opened + batch++] = fd;
    }
    if (use(fds + opened, batch)) stopped = "the server did not answer on a new connection within 5 s";
    else opened += batch;
  }
  printf("{\"opened\":%d,\"stopped\":\"%s\"}\n", opened, stopped);
  fflush(stdout);
  char line[16];
  while (read(0, line, sizeof line) > 0) continue;
  int closed = 0;
  for (int i = 0; i < opened; i++) closed += recv(fds[i], line, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
  printf("{\"closed\":%d}\n", closed);
  return 0;
}

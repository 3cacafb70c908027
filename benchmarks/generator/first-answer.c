/*
 * Cold start: from fork to the first whole answer.
 *
 *   first-answer PORT CORE COMMAND…     CORE -1 leaves the server where the kernel puts it
 *
 * Connects anew every 100 µs until somebody listens, asks GET /ping, and prints
 *   {"ms":…,"cpuMs":…,"rssKb":…,"anonymousKb":…}
 * where the CPU time is that of the server and of its children that ended, and the memory that of the server just then.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char request[] = "GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n";
static const double patience_ms = 30000;

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static pid_t spawn(int core, char **command) {
  pid_t pid = fork();
  if (pid) return pid;
  setpgid(0, 0);
  if (core >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, 1);
  dup2(nowhere, 2);
  execvp(command[0], command);
  _exit(127);
}

static int ask(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct timeval patience = {.tv_sec = 10};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char answer[4096];
  int there = !connect(fd, (struct sockaddr *)&address, sizeof address) && send(fd, request, sizeof request - 1, MSG_NOSIGNAL) > 0 && recv(fd, answer, sizeof answer, 0) > 12 && !memcmp(answer + 9, "200", 3);
  close(fd);
  return there;
}

static long memory_kb(pid_t pid, const char *field) {
  char path[64], line[256];
  long kb = 0;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file))
    if (!strncmp(line, field, strlen(field))) kb = atol(line + strlen(field) + 1);
  if (file) fclose(file);
  return kb;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "first-answer PORT CORE COMMAND…\n");
    return 2;
  }
  setenv("PORT", argv[1], 1);
  double began = now_ms();
  pid_t pid = spawn(atoi(argv[2]), argv + 3);
  int status, ended = 0, there;
  while (!(there = ask(atoi(argv[1])))) {
    ended = waitpid(pid, &status, WNOHANG) == pid;
    if (ended || now_ms() - began > patience_ms) break;
    usleep(100);
  }
  double ms = now_ms() - began;
  long rss = memory_kb(pid, "VmRSS:"), anonymous = memory_kb(pid, "RssAnon:");
  kill(-pid, SIGKILL);
  if (!there) {
    fprintf(stderr, ended ? "first-answer: the server ended\n" : "first-answer: no answer\n");
    return 1;
  }
  struct rusage used;
  wait4(pid, &status, 0, &used);
  double cpu_ms = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
  printf("{\"ms\":%.2f,\"cpuMs\":%.2f,\"rssKb\":%ld,\"anonymousKb\":%ld}\n", ms, cpu_ms, rss, anonymous);
  return 0;
}

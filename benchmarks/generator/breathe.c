/*
 * Lets everybody else breathe while servers have a core with real-time priority.
 *
 *   breathe PID                   until PID is gone
 *
 *   server on core 0, SCHED_RR ── 19 ms ──▶ SCHED_OTHER ── 1 ms ──▶ SCHED_RR ── 19 ms ──▶ …
 *
 * The kernel gives those with lower priority a twentieth of each second, in one piece: a server would stand still for 50 ms, and its
 * highest percentiles would say no more than that. In pieces of a millisecond nobody notices, and the others lose nothing.
 * Servers are the processes that are bound to core 0 alone and have SCHED_RR when they are found; threads beside the first stay as they are.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_SERVERS = 64, PRIORITY = 20 };
static volatile int servers[MAX_SERVERS], server_count;

static void pause_ms(double ms) {
  struct timespec t = {0, (long)(ms * 1e6)};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

static void schedule(int policy, int priority) {
  struct sched_param parameter = {.sched_priority = priority};
  for (int i = 0; i < server_count; i++) sched_setscheduler(servers[i], policy, &parameter);
}

static void *alternate(void *unused) {
  for (;;) {
    pause_ms(18.8);
    schedule(SCHED_OTHER, 0);
    pause_ms(1.1);
    schedule(SCHED_RR, PRIORITY);
  }
  return unused;
}

/* One that is known breathes just now, perhaps. */
static int is_known(int pid) {
  for (int i = 0; i < server_count; i++)
    if (servers[i] == pid) return 1;
  return 0;
}

static int is_server(int pid) {
  cpu_set_t cores;
  if (sched_getscheduler(pid) != SCHED_RR && !is_known(pid)) return 0;
  return sched_getaffinity(pid, sizeof cores, &cores) == 0 && CPU_COUNT(&cores) == 1 && CPU_ISSET(0, &cores);
}

static void look(void) {
  int found[MAX_SERVERS], count = 0;
  DIR *processes = opendir("/proc");
  if (!processes) return;
  for (struct dirent *entry; (entry = readdir(processes)) && count < MAX_SERVERS;)
    if (isdigit((unsigned char)entry->d_name[0]) && is_server(atoi(entry->d_name))) found[count++] = atoi(entry->d_name);
  closedir(processes);
  for (int i = 0; i < count; i++) servers[i] = found[i];
  server_count = count;
}

int main(int argc, char **argv) {
  int owner = argc > 1 ? atoi(argv[1]) : 0;
  cpu_set_t other;
  CPU_ZERO(&other);
  CPU_SET(1, &other);
  sched_setaffinity(0, sizeof other, &other);
  struct sched_param above = {.sched_priority = PRIORITY + 10};
  sched_setscheduler(0, SCHED_FIFO, &above);
  pthread_t thread;
  if (pthread_create(&thread, NULL, alternate, NULL) != 0) return 1;
  while (owner > 0 && kill(owner, 0) == 0) {
    look();
    pause_ms(150);
  }
  return 0;
}

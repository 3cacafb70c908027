/*
 * Offers a server more than it can do, as many independent clients would: an open loop with exponential gaps.
 *
 *   overload PORT SEED HIGH_SHARE PATIENCE_MS KEEP_ALIVE PATH HIGH_PATH RATE:SECONDS[,RATE:SECONDS…]
 *
 *   due ─▶ an idle connection, else a new one ─▶ request ─▶ 200 in time: good │ 503: shed │ anything else: failed
 *                                                     └─ PATIENCE_MS after it was due ─▶ the client closes and is gone: late
 *
 * It closes as programs do: the server finds the request in its socket, and the end of the connection behind it.
 *
 * A request is due at a moment that does not depend on any answer, and everything counts from there; so does patience. With
 * KEEP_ALIVE 0 every request comes on a connection of its own. Prints one line of JSON: for each phase and class (normal,
 * high) how many were due, what became of them, when the last one that was not good was due, and the latencies of those
 * that were good or shed, as pairs [bucket, count] of the histogram of load.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PHASES = 16, BUFFER_BYTES = 4096, EVENTS = 512, BUCKETS = 64 * 60, MAX_CONNECTIONS = 15000 };
enum { PENDING, GOOD, SHED, FAILED, LATE, OUTCOMES };

typedef struct Connection Connection;

typedef struct {
  uint64_t due, done;
  Connection *on;
  unsigned char class, phase, outcome;
} Request;

struct Connection {
  int fd, filled, is_open;
  Request *waiting; /* NULL when idle */
  Connection *next;
  char buffer[BUFFER_BYTES];
};

static struct { double rate, seconds; uint64_t start, end; } phases[MAX_PHASES];
static int phase_count, poll_fd, keep_alive, open_count, port;
static char request_text[2][512];
static Request *requests;
static uint64_t due_count, patience;
static Connection *idle, *spare;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static int bucket(uint64_t ns) {
  if (ns < 128) return ns;
  int shift = 63 - __builtin_clzll(ns) - 6;
  return 64 * (shift + 1) + (ns >> shift) - 64;
}

static void fail(const char *what) {
  fprintf(stderr, "overload: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t random_state;
static double next_random(void) { /* splitmix64; in (0, 1] */
  uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return ((z >> 11) + 1) / 9007199254740992.0;
}

/* Everything that will be due, before the first is sent: drawing and allocating cost no time later. */
static void plan(const char *text, double high_share, uint64_t start) {
  uint64_t capacity = 0;
  for (const char *at = text; phase_count < MAX_PHASES;) {
    char *after;
    phases[phase_count].rate = strtod(at, &after);
    if (*after != ':') fail("phases are RATE:SECONDS,…");
    phases[phase_count].seconds = strtod(after + 1, &after);
    capacity += phases[phase_count].rate * phases[phase_count].seconds * 2 + 1000;
    phase_count++;
    if (*after != ',') break;
    at = after + 1;
  }
  requests = calloc(capacity, sizeof *requests);
  if (!requests) fail("memory");
  uint64_t at = start;
  for (int phase = 0; phase < phase_count; phase++) {
    phases[phase].start = at;
    phases[phase].end = at + (uint64_t)(phases[phase].seconds * 1e9);
    double due = at;
    for (;;) {
      due += -log(next_random()) / phases[phase].rate * 1e9;
      if (due >= phases[phase].end || due_count == capacity) break;
      Request *r = &requests[due_count++];
      r->due = due;
      r->phase = phase;
      r->class = next_random() <= high_share;
    }
    at = phases[phase].end;
  }
}

static void settle(Request *r, int outcome, uint64_t at) {
  r->outcome = outcome;
  r->done = at;
  if (r->on) r->on->waiting = NULL;
  r->on = NULL;
}

static void drop(Connection *c) {
  close(c->fd);
  open_count--;
  c->next = spare;
  spare = c;
}

static void write_request(Connection *c) {
  const char *text = request_text[c->waiting->class];
  send(c->fd, text, strlen(text), MSG_NOSIGNAL); /* it always fits; a broken connection shows when it is read */
}

static Connection *connect_new(void) {
  if (open_count >= MAX_CONNECTIONS) return NULL;
  Connection *c = spare;
  if (c) spare = c->next;
  else c = malloc(sizeof *c);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int on = 1;
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) fail("socket");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  c->filled = 0;
  c->waiting = NULL;
  c->is_open = connect(c->fd, (struct sockaddr *)&address, sizeof address) == 0;
  if (!c->is_open && errno != EINPROGRESS) {
    close(c->fd);
    c->next = spare;
    spare = c;
    return NULL;
  }
  struct epoll_event event = {.events = c->is_open ? EPOLLIN : EPOLLOUT, .data.ptr = c};
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &event);
  open_count++;
  return c;
}

static void start_request(Request *r, uint64_t at) {
  Connection *c = idle;
  if (c) idle = c->next;
  else if (!(c = connect_new())) return settle(r, FAILED, at);
  c->waiting = r;
  r->on = c;
  if (c->is_open) write_request(c);
}

static void forget_idle(Connection *c) {
  for (Connection **at = &idle; *at; at = &(*at)->next)
    if (*at == c) {
      *at = c->next;
      return;
    }
}

/* Bytes of a whole answer at the beginning of the buffer; 0 when it is not whole yet. */
static int whole_answer(Connection *c, int *closes) {
  c->buffer[c->filled] = 0;
  char *end = strstr(c->buffer, "\r\n\r\n");
  if (!end) return 0;
  int head = end + 4 - c->buffer;
  *closes = strcasestr(c->buffer, "\r\nconnection: close") && strcasestr(c->buffer, "\r\nconnection: close") < end;
  char *length = strcasestr(c->buffer, "\r\ncontent-length:");
  if (length && length < end) {
    int body = atoi(length + 17);
    return c->filled >= head + body ? head + body : 0;
  }
  return strstr(end, "0\r\n\r\n") ? c->filled : 0; /* chunked */
}

static void receive(Connection *c, uint64_t at) {
  int n = recv(c->fd, c->buffer + c->filled, BUFFER_BYTES - 1 - c->filled, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    if (c->waiting) settle(c->waiting, FAILED, at);
    else forget_idle(c);
    return drop(c);
  }
  c->filled += n;
  int closes = 0, size = whole_answer(c, &closes);
  if (size == 0 && c->filled < BUFFER_BYTES - 1) return;
  int status = atoi(c->buffer + 9);
  if (!c->waiting) { /* nobody asked */
    forget_idle(c);
    return drop(c);
  }
  settle(c->waiting, size == 0 ? FAILED : status == 200 ? GOOD : status == 503 ? SHED : FAILED, at);
  c->filled = 0;
  if (closes || !keep_alive || size == 0) {
    /* Nobody is owed anything, and thousands of connections in TIME_WAIT would use up the ports. */
    struct linger abort = {.l_onoff = 1, .l_linger = 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    return drop(c);
  }
  c->next = idle;
  idle = c;
}

static void ready(Connection *c, uint64_t at) {
  if (c->is_open) return receive(c, at);
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) {
    if (c->waiting) settle(c->waiting, FAILED, at);
    return drop(c);
  }
  c->is_open = 1;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->fd, &event);
  if (c->waiting) write_request(c);
}

static void print_class(int phase, int class) {
  static uint64_t histograms[OUTCOMES][BUCKETS];
  uint64_t counts[OUTCOMES] = {0}, due = 0, last_bad = 0;
  memset(histograms, 0, sizeof histograms);
  for (uint64_t i = 0; i < due_count; i++) {
    Request *r = &requests[i];
    if (r->phase != phase || r->class != class) continue;
    due++;
    counts[r->outcome]++;
    if (r->outcome != GOOD) last_bad = r->due - phases[phase].start + 1;
    if (r->outcome == GOOD || r->outcome == SHED) histograms[r->outcome][bucket(r->done > r->due ? r->done - r->due : 0)]++;
  }
  printf("{\"due\":%lu,\"good\":%lu,\"shed\":%lu,\"failed\":%lu,\"late\":%lu,\"lastBadMs\":%.1f", due, counts[GOOD], counts[SHED], counts[FAILED], counts[LATE], last_bad / 1e6);
  for (int outcome = GOOD; outcome <= SHED; outcome++) {
    printf(",\"%s\":[", outcome == GOOD ? "goodLatencies" : "shedLatencies");
    const char *separator = "";
    for (int i = 0; i < BUCKETS; i++)
      if (histograms[outcome][i]) printf("%s[%d,%lu]", separator, i, histograms[outcome][i]), separator = ",";
    printf("]");
  }
  printf("}");
}

int main(int argc, char **argv) {
  if (argc != 9) {
    fprintf(stderr, "overload PORT SEED HIGH_SHARE PATIENCE_MS KEEP_ALIVE PATH HIGH_PATH RATE:SECONDS[,RATE:SECONDS...]\n");
    return 2;
  }
  port = atoi(argv[1]);
  random_state = strtoull(argv[2], NULL, 10);
  patience = (uint64_t)(atof(argv[4]) * 1e6);
  keep_alive = atoi(argv[5]);
  for (int class = 0; class < 2; class++)
    snprintf(request_text[class], sizeof request_text[class], "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: */*\r\n\r\n", argv[6 + class], port);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  poll_fd = epoll_create1(0);
  plan(argv[8], atof(argv[3]), now() + 100000000u);
  struct epoll_event events[EVENTS];
  uint64_t next = 0, oldest = 0;
  for (;;) {
    uint64_t at = now();
    while (next < due_count && requests[next].due <= at) start_request(&requests[next++], at);
    for (; oldest < next; oldest++) {
      Request *r = &requests[oldest];
      if (r->outcome != PENDING) continue;
      if (r->due + patience > at) break;
      Connection *c = r->on;
      settle(r, LATE, at);
      drop(c);
    }
    if (oldest == due_count) break;
    uint64_t wake = oldest < next ? requests[oldest].due + patience : UINT64_MAX;
    if (next < due_count && requests[next].due < wake) wake = requests[next].due;
    at = now();
    uint64_t wait = wake > at ? wake - at : 0;
    struct timespec timeout = {.tv_sec = wait / 1000000000u, .tv_nsec = wait % 1000000000u};
    int n = epoll_pwait2(poll_fd, events, EVENTS, &timeout, NULL);
    at = now();
    for (int i = 0; i < n; i++) ready(events[i].data.ptr, at);
  }
  printf("{\"phases\":[");
  for (int phase = 0; phase < phase_count; phase++) {
    printf("%s{\"perSecond\":%.2f,\"seconds\":%.2f,\"normal\":", phase ? "," : "", phases[phase].rate, phases[phase].seconds);
    print_class(phase, 0);
    printf(",\"high\":");
    print_class(phase, 1);
    printf("}");
  }
  printf("]}\n");
  return 0;
}

/* What the service manager is told. Everything here does nothing when there is none. */
#ifndef CHIBO_NOTIFY_H
#define CHIBO_NOTIFY_H

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
/* One line for `systemctl status`. */
void notify_status(const char *format, ...) __attribute__((format(printf, 1, 2)));
void notify_alive(void);
/* How often it wants notify_alive(), in milliseconds; 0: never. */
unsigned notify_alive_ms(void);
/* The listening socket that it passed, or -1. */
int notify_passed_socket(void);

#endif

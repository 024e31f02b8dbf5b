/* Inside of sandbox. */
#ifndef SERVE_SANDBOX_INNER_H
#define SERVE_SANDBOX_INNER_H

/*
 * Under AddressSanitizer a process has to look at itself: at its end LeakSanitizer starts a thread that traces
 * it and reads /proc. Tests run so; a release never does.
 */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_IS_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_IS_SANITIZED
#define SANDBOX_IS_SANITIZED 0
#endif

#endif

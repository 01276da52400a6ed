// The one function that Rust's standard library takes from this library, for a wine that does not have it.
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *into, SIZE_T length) {
  return RtlGenRandom(into, length);
}

// What the launch needs of the order of turns.
#pragma once
#include <string>

namespace emu {

struct Thread;

/** Puts the warps in the order that the options ask for. */
void start_schedule();
/** Who has the next turn; null when nobody is ready. */
Thread* next_thread();
/** Why nobody is ready although threads are left. */
std::string deadlock();
/** Counts a thread as ended; an error when others wait for it. */
void check_exit(Thread& self);

}  // namespace emu

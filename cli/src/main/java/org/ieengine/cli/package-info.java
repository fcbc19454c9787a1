/** The command line: verbs, exit codes, and the one place where faults become messages. */
package org.ieengine.cli;

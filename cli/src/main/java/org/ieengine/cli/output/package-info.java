/** What the verbs write: directories of results, tables, progress. */
package org.ieengine.cli.output;

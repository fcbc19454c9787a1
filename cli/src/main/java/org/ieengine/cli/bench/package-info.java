/** What a benchmark found: as a table, as a document, beside an older one. */
package org.ieengine.cli.bench;

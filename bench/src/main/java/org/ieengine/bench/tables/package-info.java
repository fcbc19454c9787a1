/** Tables of estimators: which tasks, which estimators, what was finished, and the tables that are written from it. */
package org.ieengine.bench.tables;

/** Several results side by side: reading and naming them, what keeps them from being comparable, table, CSV and JSON. */
package org.ieengine.cli.compare;

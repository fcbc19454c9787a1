/** The table of options that parsing, help and documents are made from. */
package org.ieengine.cli.option;

/** The verbs, each a class of its own. */
package org.ieengine.cli.verb;

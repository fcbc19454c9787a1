/** The experiments of the paper: which points they measure, what came out, and what of it the ceiling alone predicts. */
package org.ieengine.cli.experiment;

/**
 * The page {@code report.html}: one self-contained file made from {@code results.json} and {@code curves.csv}, with plots drawn
 * as SVG by the classes here.
 */
package org.ieengine.cli.report;

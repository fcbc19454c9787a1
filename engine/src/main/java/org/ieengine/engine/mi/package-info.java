/**
 * Mutual information between paired states: symbols and their exact ceiling, critics and the protocols that train them, and exact
 * information at a resolution. Written once over {@link org.ieengine.engine.tensor.Backend}; knows no model. Values are bits
 * unless a name says nats.
 */
package org.ieengine.engine.mi;

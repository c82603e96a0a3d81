package io.earshot.models.classify;

/**
 * How much one feature weighed in a class's probability.
 *
 * @param feature its name
 * @param value its value
 * @param weight its SHAP value for the class less the mean of those for all classes, above 0 where
 *     the feature spoke for the class; nats of log probability for boosted trees, probability for a
 *     forest
 */
public record FeatureWeight(String feature, double value, double weight) {}

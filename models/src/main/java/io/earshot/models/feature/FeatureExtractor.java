package io.earshot.models.feature;

/**
 * Turns a window's packets and its stream's context into one vector of {@link
 * FeatureSchema#standard()}.
 *
 * <p>Allocates the returned vector and nothing else. Owner: one thread.
 */
public final class FeatureExtractor {
  private final ReferenceStatistics reference = new ReferenceStatistics();
  private final TransportStatistics transport = new TransportStatistics();
  private final StreamFeatures stream = new StreamFeatures();

  /** The vector of a window, every value finite. */
  public double[] extract(PacketSeries window, StreamContext context) {
    double[] vector = new double[FeatureSchema.standard().size()];
    reference.compute(window, vector, 0);
    int offset = ReferenceStatistics.DEFINITIONS.size();
    transport.compute(window, vector, offset);
    offset += TransportStatistics.DEFINITIONS.size();
    stream.compute(context, vector, offset);
    for (int i = 0; i < vector.length; i++) {
      if (!Double.isFinite(vector[i])) {
        vector[i] = 0.0;
      }
    }
    return vector;
  }
}

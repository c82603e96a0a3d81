package io.earshot.models.feature;

/**
 * One audio object as the classifier sees it: a track, a segment or a head file.
 *
 * @param startSeconds time of its first request or byte, seconds since the start of the stream
 * @param durationSeconds from the first to the last byte, seconds
 * @param bytes transport payload received for it, each byte once
 * @param ranges requests it took
 * @param firstRangeBytes payload bytes of the first of them
 * @param largestRangeBytes payload bytes of the largest of them
 * @param requestBytes payload bytes of the first request, 0 where the capture did not see it
 */
public record FetchedObject(
    double startSeconds,
    double durationSeconds,
    long bytes,
    int ranges,
    long firstRangeBytes,
    long largestRangeBytes,
    int requestBytes) {}

package io.earshot.sensor.output;

import io.earshot.sensor.document.EncodedDocument;

/**
 * A document that was refused for good.
 *
 * @param document the document
 * @param status HTTP status of the refusal
 * @param reason the other side's words
 */
public record DeadLetter(EncodedDocument document, int status, String reason) {}

package dev.parley.cli.hub;

/**
 * A file of a model on the hub.
 *
 * @param path its path in the repository
 * @param size its bytes; -1 if the hub did not say
 * @param etag what its blob is named by: the SHA-256 of a large file (64 hexadecimal digits), the
 *     git SHA-1 of a small one (40); empty if the hub did not say
 */
record HubFile(String path, long size, String etag) {

  /** Whether everything is known that a download is checked against. */
  boolean isDescribed() {
    return size >= 0 && !etag.isEmpty();
  }
}

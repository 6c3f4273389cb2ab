package dev.parley.policy.serving;

import dev.parley.proto.version.v1.VersionReference;

/**
 * Names weights that are being served.
 *
 * @param number counts the published weights of a run; 0 is the model that it started from
 * @param checksum SHA-256 over the weight files, lower-case hex
 */
public record ServedVersion(long number, String checksum) {

  /** Checks the range and the form. */
  public ServedVersion {
    if (number < 0) {
      throw new IllegalArgumentException("version is " + number + ", expected 0 or more");
    }
    if (!checksum.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "checksum is \"" + checksum + "\", expected the 64 lower-case hex digits of a SHA-256");
    }
  }

  /** Reads the contract's form. */
  public static ServedVersion of(VersionReference reference) {
    return new ServedVersion(reference.getVersion(), reference.getChecksum());
  }

  /** Returns the contract's form. */
  public VersionReference toProto() {
    return VersionReference.newBuilder().setVersion(number).setChecksum(checksum).build();
  }

  @Override
  public String toString() {
    return number + " (" + checksum.substring(0, 12) + "…)";
  }
}

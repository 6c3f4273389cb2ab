package dev.parley.cli.hub;

/** Hears how transfers go. Called from several threads. */
interface TransferListener {

  /** More bytes are here; fewer, if a file had to be begun anew. */
  void bytes(long change);

  /** Something that a person may wonder about. */
  void note(String line);
}

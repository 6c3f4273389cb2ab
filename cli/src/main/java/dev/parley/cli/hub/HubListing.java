package dev.parley.cli.hub;

import java.util.List;

/**
 * What a model consists of at one commit.
 *
 * @param commit 40 hexadecimal digits
 * @param files all its files
 */
record HubListing(String commit, List<HubFile> files) {

  HubListing {
    files = List.copyOf(files);
  }
}

/**
 * What the contract must look like, and what may not change in it. The .proto files and the
 * accepted baseline come in; a list of violations goes out. The build calls it.
 */
package dev.parley.proto.contract;

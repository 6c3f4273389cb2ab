/** Names of the contract that protobuf cannot hold. */
package dev.parley.proto;

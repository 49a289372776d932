/**
 * Codes of the host itself: why it refuses blocks, proofs and evidence, what it reports in traces, and why it
 * penalises peers. Codes of plugins, crypto ports and chains pass through unchanged.
 *
 * @module
 */

/**
 * Why the host refuses a block, a proof of finality or a piece of evidence by itself. Codes are stable.
 */
export type HostRefusal =
  /**
   * The chain does not recognise the bytes as a block.
   *
   * Cause: A peer runs another version or another chain, or sent noise.
   * Remedy: A chain port with `refusalOf` says more; compare versions if honest peers send such blocks.
   */
  | 'BLOCK_ENCODING'
  /**
   * The block is longer than `limits.blockBytesMax`.
   *
   * Cause: The builder has a higher limit, or sent noise.
   * Remedy: Give all nodes of a chain one limit.
   */
  | 'BLOCK_TOO_LARGE'
  /**
   * The digest in the header is longer than `LIMITS.digestBytes`.
   *
   * Cause: The plugin of the author writes too much, or the header is made up.
   * Remedy: Commit to long data by their hash.
   */
  | 'DIGEST_TOO_LARGE'
  /**
   * The seal in the header is longer than `LIMITS.sealBytes`.
   *
   * Cause: The signer of the author writes too much, or the header is made up.
   * Remedy: Use signatures within the limit; proofs belong beside the block.
   */
  | 'SEAL_TOO_LARGE'
  /**
   * The time of the block lies ahead, and no room is left to let it wait.
   *
   * Cause: The clock of the author is ahead or ours is behind; or too many such blocks wait.
   * Remedy: Set the clocks; the block is taken when it comes again in its time.
   */
  | 'BLOCK_TOO_EARLY'
  /**
   * The height is not one above that of the parent.
   *
   * Cause: The header was made up, or the chain port projects heights wrongly.
   * Remedy: Check the projection of headers if it happens to one's own blocks.
   */
  | 'WRONG_HEIGHT'
  /**
   * The header names another protocol than the one in charge at its height.
   *
   * Cause: The author missed a change of era, runs another major version, or uses another plugin.
   * Remedy: Compare eras and major versions of plugins with the author's.
   */
  | 'WRONG_PROTOCOL'
  /**
   * The ledger tells more facts of the block than `LIMITS.factsPerBlock`, or its certificates more signers than count.
   *
   * Cause: Its author put more into the block than a block may hold, and the chain port let that pass.
   * Remedy: Let `execute` of the chain port refuse such blocks, and `build` make none.
   */
  | 'FACTS_TOO_MANY'
  /**
   * The chain no longer keeps the state to execute the block on.
   *
   * Cause: The block belongs to a branch that left the chain long ago, or this node is far behind.
   * Remedy: Keep more states in the chain; a node that is behind catches up by itself. After a partition of more blocks than
   * there are states, in which nothing became final, nodes of the lighter side begin with an empty store.
   */
  | 'PARENT_TOO_OLD'
  /**
   * The block is not above the newest final block, or not on its branch.
   *
   * Cause: A late block of a branch that lost; or a conflict of finality, which `finalityConflict` reports.
   * Remedy: None for late blocks.
   */
  | 'BELOW_FINALIZED'
  /**
   * A chain that finalises every block got one without its proof.
   *
   * Cause: The sender left it out, or the block is not decided yet.
   * Remedy: Import decided blocks together with their proof.
   */
  | 'PROOF_MISSING'
  /**
   * A proof came for an era in which nothing is final by proof.
   *
   * Cause: The sender runs other eras.
   * Remedy: Compare eras with the sender's.
   */
  | 'PROOF_UNSUPPORTED'
  /**
   * The proof is longer than `LIMITS.proofBytes`.
   *
   * Cause: Too many validators for single signatures, or noise.
   * Remedy: Use aggregated signatures or a smaller committee.
   */
  | 'PROOF_TOO_LARGE'
  /**
   * The rules cannot judge the proof yet.
   *
   * Cause: The plugin answered `defer`, which a proof must not need.
   * Remedy: None at the receiver; plugins accept or reject proofs.
   */
  | 'PROOF_UNDECIDED'
  /**
   * A signature of the proof does not hold.
   *
   * Cause: The proof is made up, or of another chain, era or protocol.
   * Remedy: None: the sender is at fault.
   */
  | 'PROOF_FORGED'
  /**
   * The block lies at a border of eras that is not final yet.
   *
   * Cause: An announced change of consensus waits for finality.
   * Remedy: Wait; without finality a border cannot be passed.
   */
  | 'ERA_NOT_FINAL'
  /**
   * The block lies behind a border for which this node lacks something.
   *
   * Cause: A plugin, a fact or a kind of claim of the next era is missing; `eraUnsupported` says which.
   * Remedy: Install what `eraUnsupported` names and start again.
   */
  | 'ERA_UNSUPPORTED'
  /**
   * A build was asked for across a border of eras.
   *
   * Cause: The engine of the ended era was still at work.
   * Remedy: None needed: the engine of the next era builds there.
   */
  | 'WRONG_ERA'
  /**
   * The evidence is of an era that cannot be judged here any more.
   *
   * Cause: It is older than the era before, or names an unknown protocol.
   * Remedy: Report offences before the end of the next era.
   */
  | 'EVIDENCE_WRONG_ERA'
  /**
   * The block carries more than `LIMITS.evidencePerBlock`.
   *
   * Cause: The builder does not count.
   * Remedy: None at the receiver.
   */
  | 'EVIDENCE_TOO_MANY'
  /**
   * The rules cannot judge it yet.
   *
   * Cause: The plugin answered `defer`, which evidence must not need.
   * Remedy: None at the receiver; plugins accept or reject evidence.
   */
  | 'EVIDENCE_UNDECIDED'
  /**
   * This kind of evidence does not count under the rules in charge.
   *
   * Cause: The rules have no `verifyEvidence`, or it is of the era before and no pair of headers or messages.
   * Remedy: Report equivocation only, or use a plugin that judges this kind.
   */
  | 'EVIDENCE_UNSUPPORTED'
  /**
   * The offence lies above the block that would carry it.
   *
   * Cause: The reporter is ahead of this node.
   * Remedy: Wait: the block after the offence can carry it.
   */
  | 'EVIDENCE_TOO_EARLY'
  /**
   * The offence is too far below the block that would carry it.
   *
   * Cause: It was found or reported too late.
   * Remedy: None on this chain.
   */
  | 'EVIDENCE_TOO_OLD'
  /**
   * The branch includes this offence already, or the block does twice.
   *
   * Cause: Somebody else's evidence of the same offence came first.
   * Remedy: None.
   */
  | 'EVIDENCE_DUPLICATE'
  /**
   * A signature of the evidence does not hold.
   *
   * Cause: It is made up, or the artefacts are of another chain or era.
   * Remedy: None: the reporter is at fault.
   */
  | 'EVIDENCE_FORGED'
  /**
   * Too many claims wait to be checked.
   *
   * Cause: A peer floods the node with evidence.
   * Remedy: Submit it again later.
   */
  | 'EVIDENCE_BUSY'
  /**
   * The accused is no validator after the parent.
   *
   * Cause: It never was, or has left.
   * Remedy: Report offences while the offender is a validator, or use a plugin that remembers.
   */
  | 'UNKNOWN_OFFENDER'
  /**
   * The block carries more than `LIMITS.certificatesPerBlock`.
   *
   * Cause: The builder does not count.
   * Remedy: None at the receiver.
   */
  | 'CERTIFICATE_TOO_MANY'
  /**
   * No plugin in charge takes certificates under this protocol.
   *
   * Cause: The block is of another era, or its gadget is not configured here.
   * Remedy: Compare eras with the author's.
   */
  | 'CERTIFICATE_UNSUPPORTED'
  /**
   * It is longer than `LIMITS.proofBytes`.
   *
   * Cause: Too many signers, or noise.
   * Remedy: Use aggregated signatures or a smaller committee.
   */
  | 'CERTIFICATE_TOO_LARGE'
  /**
   * The rules cannot judge it yet.
   *
   * Cause: The plugin answered `defer`, which a certificate must not need.
   * Remedy: None at the receiver; plugins accept or reject certificates.
   */
  | 'CERTIFICATE_UNDECIDED'
  /**
   * A signature of the certificate does not hold.
   *
   * Cause: It is made up, or of another chain, era or protocol.
   * Remedy: None: the author is at fault.
   */
  | 'CERTIFICATE_FORGED'
  /**
   * The host does not run.
   *
   * Cause: It was not started, was stopped, or stopped itself after a fault.
   * Remedy: Look at the event `faulted`; start the host again once its cause is gone.
   */
  | 'HOST_HALTED';

/**
 * Why the host asks the network to lower its opinion of a peer.
 */
export type HostPenaltyReason =
  /**
   * The peer answered with another block than the one asked for, or with none.
   *
   * Cause: The peer is at fault, or speaks another version.
   * Remedy: None: others are asked. Compare versions if all peers do so.
   */
  | 'WRONG_BLOCK'
  /**
   * The peer answered a question for blocks with something else, or with more than was asked for.
   *
   * Cause: The peer is at fault, or has other limits.
   * Remedy: None: others are asked. Give all nodes of a chain the same limits.
   */
  | 'BAD_BLOCK_LIST';

/**
 * What the host reports about itself by the event `trace` with the source `host`.
 */
export type HostTrace =
  /**
   * An engine asked for a block that cannot be built.
   *
   * Cause: There is no signer, or the parent is not here any more.
   * Remedy: Give the host a signer if the node is to produce; otherwise none is needed.
   */
  | 'BUILD_IMPOSSIBLE'
  /**
   * A block would lie behind a border of eras that cannot be passed now.
   *
   * Cause: The next era is not final, or needs what this node lacks; the data have the code.
   * Remedy: As for `ERA_NOT_FINAL` and `ERA_UNSUPPORTED`.
   */
  | 'BUILD_BARRED'
  /**
   * An engine asked to mine a block that the host does not hold.
   *
   * Cause: The plugin names a block that was not built, or is forgotten.
   * Remedy: A plugin mines what `built` handed it.
   */
  | 'MINE_UNKNOWN_BLOCK'
  /**
   * An engine asked to publish a block that the host does not hold.
   *
   * Cause: The plugin names a block that was not built, or is forgotten.
   * Remedy: A plugin publishes what `built` handed it or what was imported.
   */
  | 'PUBLISH_UNKNOWN_BLOCK'
  /**
   * An engine asked to keep a block that the host does not hold.
   *
   * Cause: The plugin names a block that was not built, or is forgotten.
   * Remedy: A plugin persists blocks that it was told about.
   */
  | 'PERSIST_UNKNOWN_BLOCK'
  /**
   * An engine asked for a signature or a VRF proof, and there is no signer.
   *
   * Cause: The node follows without producing, and the plugin asks nevertheless.
   * Remedy: A plugin asks only if `self` is not `null`; otherwise give the host a signer.
   */
  | 'SIGNER_MISSING'
  /**
   * An engine asked to sign without a guard what could contradict another signature; nothing was signed.
   *
   * Cause: The plugin has a `conflictKey` for the artefact and no guard.
   * Remedy: Give every such `seal` and `sign` a guard.
   */
  | 'GUARD_MISSING'
  /**
   * The signer has signed something else at this place before; the engine got that.
   *
   * Cause: A restart, or a second machine with the same key.
   * Remedy: None after a restart. Otherwise stop one of the two machines.
   */
  | 'SIGNATURE_CONFLICT'
  /**
   * The signer refused; the data have its code.
   *
   * Cause: The guard records are ahead of the engine, or signing is not allowed yet.
   * Remedy: Look up the code of the signer: `STALE`, `FLOOR` or `DISABLED`.
   */
  | 'SIGNATURE_REFUSED'
  /**
   * The node refuses a block that it built itself; the data have the code.
   *
   * Cause: Engine and rules of the plugin disagree, or building and executing differ in the chain.
   * Remedy: Look up the code. Run the conformance kit on the plugin, `CK-06` above all.
   */
  | 'OWN_BLOCK_REJECTED'
  /**
   * The node refuses a proof that its own engine made; the data have the code.
   *
   * Cause: Engine and rules of the plugin disagree about what is proven.
   * Remedy: Look up the code. Run the conformance kit on the plugin.
   */
  | 'OWN_PROOF_REJECTED'
  /**
   * A proof of a block beside the final chain holds, and nobody answers for it any more: it was ignored.
   *
   * Cause: Keys of validators that left long ago signed another block for an old height; or the chain parted longer ago
   * than offences can be punished, and few of those who voted then still do.
   * Remedy: Compare the final block with that of operators you trust. If they agree with yours, none is needed.
   */
  | 'RIVAL_UNACCOUNTABLE'
  /**
   * Evidence of the own engine was refused; the data have the code.
   *
   * Cause: Engine and rules disagree, or the offence is known already.
   * Remedy: Look up the code; `EVIDENCE_DUPLICATE` is harmless.
   */
  | 'ACCUSATION_REJECTED'
  /**
   * Evidence that the host found itself was refused; the data have the code.
   *
   * Cause: The offence does not count under the rules in charge, or not any more.
   * Remedy: Look up the code; usually none is needed.
   */
  | 'EVIDENCE_DROPPED'
  /**
   * A call of the engine took longer than `limits.engineCallMs`.
   *
   * Cause: The plugin computes too much at once, or the machine is busy.
   * Remedy: None once in a while. Profile the call that the data name otherwise.
   */
  | 'ENGINE_CALL_SLOW'
  /**
   * Several calls of the engine in a row were slow.
   *
   * Cause: As for `ENGINE_CALL_SLOW`, for longer.
   * Remedy: Profile the call that the data name; lower the load of the machine.
   */
  | 'PLUGIN_SLOW'
  /**
   * A listener of an event threw; nothing else was affected.
   *
   * Cause: A defect in the listener; the data name the event and the reason.
   * Remedy: Correct the listener.
   */
  | 'OBSERVER_THREW'
  /**
   * An announced era does not count; the data have the code and the reason.
   *
   * Cause: The announcement is malformed, or breaks the order of eras.
   * Remedy: Announce the era anew, encoded with `encodeEras`.
   */
  | 'ERA_IGNORED'
  /**
   * Something failed while the host stopped after a fault.
   *
   * Cause: A port failed again.
   * Remedy: Look at the reason in the data and at the event `faulted` before it.
   */
  | 'STOP_INCOMPLETE';

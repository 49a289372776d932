/**
 * DT-DPoS: delegated proof of stake in which dynamic trust elects the block producers.
 *
 * @packageDocumentation
 */
export {};

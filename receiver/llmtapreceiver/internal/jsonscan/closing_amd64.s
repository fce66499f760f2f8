#include "textflag.h"

// func scanBlocks(p *byte, blocks int) (at, escaped, slashes int)
TEXT ·scanBlocks(SB), NOSPLIT, $0-40
	MOVQ p+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ $0x2222222222222222, AX
	VMOVQ AX, X0
	VPBROADCASTQ X0, Y0            // quotes
	MOVQ $0x5c5c5c5c5c5c5c5c, AX
	VMOVQ AX, X1
	VPBROADCASTQ X1, Y1            // backslashes
	MOVQ $0x5555555555555555, R11  // even bits
	XORQ DI, DI                    // position of the block
	XORQ R8, R8                    // escaped: 1 when the block's first byte is
	XORQ R9, R9                    // slashes

block:
	VMOVDQU (SI)(DI*1), Y2
	VMOVDQU 32(SI)(DI*1), Y3
	VPCMPEQB Y2, Y0, Y4
	VPCMPEQB Y3, Y0, Y5
	VPCMPEQB Y2, Y1, Y6
	VPCMPEQB Y3, Y1, Y7
	VPOR Y4, Y5, Y8
	VPOR Y6, Y7, Y9
	VPOR Y8, Y9, Y8
	VPTEST Y8, Y8
	JNZ look
	XORQ R8, R8

next:
	ADDQ $64, DI
	DECQ CX
	JNZ block
	JMP done

look:
	VPMOVMSKB Y4, AX
	VPMOVMSKB Y5, BX
	SHLQ $32, BX
	ORQ BX, AX                     // a bit for each quote
	VPMOVMSKB Y6, DX
	VPMOVMSKB Y7, BX
	SHLQ $32, BX
	ORQ BX, DX                     // a bit for each backslash

	// A backslash escapes what follows it unless it is escaped itself. Adding the backslashes to those that begin a run at
	// an odd bit carries through such runs, so that the ends of runs tell by their parity where they began.
	MOVQ R8, R10
	NOTQ R10
	ANDQ DX, R10                   // those that may escape
	LEAQ (R8)(R10*2), R12          // what follows one
	MOVQ R11, R13
	ORQ R12, R13
	NOTQ R13
	ANDQ R10, R13                  // where runs begin at odd bits
	XORQ R8, R8
	ADDQ R10, R13
	SETCS R8
	ADDQ R13, R13
	XORQ R11, R13
	ANDQ R12, R13                  // what is escaped
	NOTQ R13
	ANDQ R13, AX                   // quotes that are not
	JNZ found
	POPCNTQ DX, DX
	ADDQ DX, R9
	JMP next

found:
	BSFQ AX, BX
	ADDQ BX, DI
	LEAQ -1(AX), R10
	XORQ AX, R10
	ANDQ R10, DX
	POPCNTQ DX, DX                 // backslashes before the quote
	ADDQ DX, R9

done:
	VZEROUPPER
	MOVQ DI, at+16(FP)
	MOVQ R8, escaped+24(FP)
	MOVQ R9, slashes+32(FP)
	RET

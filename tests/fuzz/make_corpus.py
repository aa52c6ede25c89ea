#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the corpora of parse_frame and tcp_options from the seeds below: frames of a Linux kernel and
variations of them. Run after a change of the seeds; a file added by hand (a found failure) stays."""
import pathlib
import struct

LINK = '020000000002020000000001'
ADDR = '0a0909010a090902'
FRAMES = {
    'syn': LINK + '08004500003c294340004006eb64' + ADDR + 'a3ba0050ee5b56d800000000a002faf0b69d0000'
           '020405b40402080a71b21569000000000103030a',
    'ack': LINK + '080045000034294440004006eb6b' + ADDR + 'a3ba0050ee5b56d9000013898010003fc89c0000'
           '0101080a71b2156a000003e8',
    'ack_sack': LINK + '080045000040294540004006eb5e' + ADDR + 'a3ba0050ee5b56d900001389b010003f6b550000'
                '0101080a71b2156a000003e80101050a000013930000139d',
    'data_sack': LINK + '08004500004d294740004006eb4f' + ADDR + 'a3ba0050ee5b56d900001389d018003fdff90000'
                 '0101080a71b2156a000003e801010512000013b1000013bb000013930000139d68656c6c6f',
    'rst': LINK + '08004500002800004000400614bc' + ADDR + '00630051000000000000000250140000' '89060000',
    'udp': LINK + '0800450000212d9b40004011e71c' + ADDR + '97ef0009000dfdf468656c6c6f',
    'icmp_unreachable': LINK + '080045c0003d6ba500004001e846' + ADDR + '0303c1c300000000'
                        '4500002100070000401154b10a0909020a0909010009115c000d00006162636465',
    'icmp_echo': LINK + '0800450000256ba600004001e91d' + ADDR + '00002c211234000170696e672064617461',
    'arp_request': 'ffffffffffff02000000000108060001080006040001'
                   '0200000000010a0909010000000000000a090903',
    'arp_reply': LINK + '08060001080006040002' '0200000000010a090901' '0200000000020a090902',
    'fragment': LINK + '080045000094e41900b940116f72' + ADDR + '7a' * 128,
}
OPTIONS = {
    'none': '',
    'timestamps': '0101080a71b2156a000003e8',
    'syn_linux': '020405b40402080a71b21569000000000103030a',
    'syn_windows': '020405b40103030801010402',
    'syn_bsd': '020405b4010303060101080a11223344000000000402' '0000',
    'syn_scale_above_14': '020405b40402080a71b2156900000000010303ff',
    'sack_1': '0101050a000013930000139d',
    'sack_2': '0101080a71b2156a000003e801010512000013b1000013bb000013930000139d',
    'sack_3': '0101080a71b2156a000003e80101051a000000010000000200000003000000040000000500000006',
    'sack_4': '01010522' + ''.join('%08x' % i for i in range(1, 9)),
    'sack_5': '052a' + '00' * 40,
    'sack_empty': '05020000',
    'sack_odd': '0509000000000000aa000000',
    'unknown': 'fd06aabbccdd22020101',
    'fast_open': '020405b42202' '0000',
    'md5': '1312' + '00' * 16 + '0101',
    'length_0': '02040218' '0500',
    'length_1': '02040218' '0301',
    'length_past_end': '080a0000',
    'length_missing': '01010108',
    'mss_short': '0203aa00',
    'all_nop': '01' * 40,
    'all_end': '00' * 40,
    'end_then_option': '0103030700020405b4',
    'repeated': '020405b402040218030302030304',
    'all_ff': 'ff' * 40,
}


def options_in_ip(frame, options):
    """Inserts IPv4 options and mends the lengths; checksums are mended by the target (first byte 3)."""
    frame = bytearray(frame[:34] + options + frame[34:])
    frame[14] = 0x45 + len(options) // 4
    frame[16:18] = struct.pack('>H', len(frame) - 14)
    return bytes(frame)


def main():
    frames = {name: bytes.fromhex(digits) for name, digits in FRAMES.items()}
    out = {}
    for name, frame in frames.items():
        out['parse_frame/' + name] = b'\0' + frame
    for name in ('syn', 'data_sack', 'udp', 'icmp_unreachable'):
        frame = frames[name]
        out['parse_frame/' + name + '_vlan'] = b'\0' + frame[:12] + bytes.fromhex('81006001') + frame[12:]
        record_route = bytes.fromhex('0783040a09090100')
        out['parse_frame/' + name + '_ip_options'] = b'\3' + options_in_ip(frame, record_route)
        out['parse_frame/' + name + '_cut'] = b'\0' + frame[:-3]
        out['parse_frame/' + name + '_mended'] = b'\3' + frame
    ack = frames['ack']
    out['parse_frame/padded'] = b'\0' + frames['rst'] + bytes(6)
    out['parse_frame/two_tags'] = b'\0' + ack[:12] + bytes.fromhex('8100000181000002') + ack[12:]
    out['parse_frame/ipv6'] = b'\0' + ack[:12] + bytes.fromhex('86dd6000000000143a40') + bytes(52)
    out['parse_frame/length_802_3'] = b'\0' + ack[:12] + bytes.fromhex('0026') + ack[14:]
    out['parse_frame/ihl_15'] = b'\3' + ack[:14] + b'\x4f' + ack[15:]
    out['parse_frame/ihl_4'] = b'\3' + ack[:14] + b'\x44' + ack[15:]
    out['parse_frame/total_length_0'] = b'\3' + ack[:16] + b'\0\0' + ack[18:]
    out['parse_frame/total_length_max'] = b'\3' + ack[:16] + b'\xff\xff' + ack[18:]
    out['parse_frame/offset_4'] = b'\3' + ack[:46] + b'\x40' + ack[47:]
    out['parse_frame/offset_15'] = b'\3' + ack[:46] + b'\xf0' + ack[47:]
    out['parse_frame/udp_length_0'] = b'\3' + frames['udp'][:38] + b'\0\0' + frames['udp'][40:]
    out['parse_frame/udp_no_checksum'] = b'\1' + frames['udp'][:40] + b'\0\0' + frames['udp'][42:]
    out['parse_frame/malformed_option'] = b'\3' + ack[:57] + b'\0' + ack[58:]
    out['parse_frame/empty'] = b'\0'
    for name, digits in OPTIONS.items():
        out['tcp_options/' + name] = bytes.fromhex(digits)
    for name, content in out.items():
        path = pathlib.Path(__file__).parent / 'corpus' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    print(len(out), 'files')


if __name__ == '__main__':
    main()

import type { phone as ru } from './phone.ru';

export const phone: typeof ru = {
  why: {
    no_link: 'No link to the PBX; connecting again by itself. A talk that is on goes on.',
    no_service: 'The service does not answer; trying again. Other phones take the calls.',
    refused: "The PBX did not take the phone's password. Tell the administrator.",
    not_yours: 'This account has no phone in the page. Seat and phone are given by the administrator.',
    signed_out: 'Your session is over, and the phone with it. Sign in again; other phones take the calls.',
    taken: 'The phone was opened in another page',
    in_use: 'The phone is open in another page already',
    not_sent: 'The transfer did not work: the talk is still yours',
  },
  use_here: 'Use it here',
  use_here_help: 'The other page lets go of the phone. If it is in a talk, that caller is back at the head of the queue.',
  microphone: {
    untested: 'Microphone and sound have not been tested yet',
    silent: 'The microphone is on, but silent: nobody will hear you',
    denied: 'No microphone: calls cannot be answered',
    test: 'Test',
  },
  ringing: 'Ringing',
  strip: {
    label: 'Phone', answer: 'Answer', refuse: 'Refuse', hang_up: 'Hang up', hold: 'Hold', resume: 'Take off hold', mute: 'Mute', unmute: 'Unmute',
    ringing: 'rings', talking: 'talking', held: 'on hold', ending: 'ends as soon as the link is back', unknown: 'number withheld',
  },
  broken: { title: 'This part of the page broke', long: 'Calls go on and the phone works: answer and hang up right here. When the talk is over, reload the page.', reload: 'Reload the page' },
  unload: 'A talk is on. If you close the page, the caller is back at the head of the queue.',
  quality: {
    good: 'good sound', fair: 'disturbed sound', poor: 'bad sound',
    help: 'round trip {{delay}} ms, jitter {{jitter}} ms, lost {{lost}}',
    unknown: 'round trip not known yet, jitter {{jitter}} ms, lost {{lost}}',
  },
  test: {
    title: 'Microphone and sound',
    microphone: 'Microphone', speaker: "The caller's voice", ring: 'Ring tone', system: 'As the system says',
    level: 'How loud you are',
    opening: 'Opening the microphone. If the browser asks, press "Allow".',
    say: 'Say something: the bar should move',
    heard: 'You can be heard',
    silent: 'Not a sound. Look at the switch of your headset and at the chosen microphone.',
    play: 'Listen', play_ring: 'Listen to the ring',
    listen: 'Did you hear it? If not, choose another device.',
    done: 'Done', close: 'Close',
  },
  refusal: {
    denied: 'The browser keeps the microphone from this page. Press the sign left of the address, choose "Allow" for the microphone and reload the page.',
    no_device: 'No microphone found. Plug in a headset: it will appear here by itself.',
    in_use: 'Another program holds the microphone. Close it and open this test again.',
    insecure: 'From another computer the browser gives the microphone over https only. For the administrator: switch TLS on (web.tls_*).',
  },
};
